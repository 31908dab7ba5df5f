import sys
print(sys.flags)
print(sys.warnoptions, sys._xoptions, sys.orig_argv[1:], sys.argv)
