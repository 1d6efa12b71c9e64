"""Runs a command at a pseudo-terminal: COLUMNS ROWS COMMAND...

What it shows goes to standard output as it is. Standard input takes lines: `size COLUMNS ROWS`, or `keys HEX`.
When the command has ended, standard error has one line of JSON: its exit code, and whether the terminal is as it was before.
"""

import fcntl
import json
import os
import select
import struct
import sys
import termios

columns, rows, *command = sys.argv[1:]
master, slave = os.openpty()


def resize(columns: str, rows: str) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


resize(columns, rows)
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in (0, 1, 2):
        os.dup2(slave, number)
    os.close(master)
    os.execvp(command[0], command)

print(json.dumps({"pid": child}), file=sys.stderr, flush=True)
orders = b""
status = None
while True:
    ready, _, _ = select.select([master, 0], [], [], 0.05)
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif status is not None:
        break
    if 0 in ready:
        orders += os.read(0, 65536)
        *lines, orders = orders.split(b"\n")
        for line in lines:
            what, *values = line.decode().split(" ")
            if what == "size":
                resize(*values)
            else:
                os.write(master, bytes.fromhex(values[0]))
    if status is None:
        ended, raw = os.waitpid(child, os.WNOHANG)
        status = os.waitstatus_to_exitcode(raw) if ended else None
restored = termios.tcgetattr(slave) == before
print(json.dumps({"code": status, "restored": restored}), file=sys.stderr, flush=True)
