# Reads the hook from the channel and runs it, so that nothing is written to disk.
import sys
if sys.path and sys.path[0] == "":
    del sys.path[0]
import os
channel = int(sys.argv[1])
os.set_inheritable(channel, False)
def read(size):
    parts = []
    while size:
        part = os.read(channel, size)
        if not part:
            sys.exit("spip: the guard is gone; nothing was installed")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
hello = b'{"type": "boot"}\n'
while hello:
    hello = hello[os.write(channel, hello):]
source = read(int(read(8), 16))
exec(compile(source, "<spip>", "exec"), {"__name__": "spip", "CHANNEL": channel})
