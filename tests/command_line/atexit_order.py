import atexit

atexit.register(print, "first registered")


@atexit.register
def last():
    print("last registered")


print("main")
