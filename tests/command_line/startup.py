print("startup ran"); started = 1
