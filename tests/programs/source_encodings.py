# Scripts with null bytes and with bytes that are not UTF-8: where the error is and how it is worded.
import os, subprocess, sys, tempfile
cases = [
    b'x = 1\0\n', b'a=1\n\nx = 1\0 y\nz=2\n', b'\0', b'def f():\n  x = "a\0b"\n', b'# c\0\nx=1\n', b'x = """\nabc\0\n"""\n',
    b'x = 1\ny = 2\nz = 3\nw = "\xe9t\xe9"\n', b'x="\xff"\n', b'x=1\nprint("h\xc3\xa9 \xff!")\n', b'# c\n#\xff\n', b'\n#\xff\n', b'#\n#\n#\xff\n\n',
    b'x=(1,\n"\xff")\n', b'x="""\n\n\xff"""\n', b'x = 1 +\n"\xff"\n', b'# \xff\nx=1\n', b'# -*- coding: latin-1 -*-\nprint(ascii("\xff"))\n',
    b'# -*- coding: latin-9x -*-\nx=1\n', b'\xef\xbb\xbfprint("mark")\n',
]
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, 'script.py')
    for source in cases:
        with open(script, 'wb') as f: f.write(source)
        r = subprocess.run([sys.executable, script], capture_output=True)
        print(source, r.returncode, r.stdout)
        print(r.stderr.decode().replace(folder, 'FOLDER'))
    r = subprocess.run([sys.executable], input=b'x=1\ny="\xff"\n', capture_output=True)
    print(r.returncode, r.stderr.decode())
