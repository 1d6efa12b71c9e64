"""Speaks systemd's protocols for a service: passes listening sockets, takes what is sent to NOTIFY_SOCKET.

Arguments: the notify address, the watchdog's time in microseconds, the names of the sockets, "--", the command line.
Each line of standard input, "start", starts the program once more. Each line of standard output is one JSON object.
"""

import json
import os
import socket
import sys
import threading

address, watchdog_us, names, separator, *command = sys.argv[1:]
lock = threading.Lock()


def tell(**values):
    with lock:
        print(json.dumps(values), flush=True)


notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notified.bind("\0" + address[1:] if address.startswith("@") else address)


def receive():
    while True:
        tell(message=notified.recv(4096).decode())


sockets = []
for name in names.split(":"):
    listening = socket.create_server(("127.0.0.1", 0))
    sockets.append(listening)
tell(ports=dict(zip(names.split(":"), [one.getsockname()[1] for one in sockets])))
threading.Thread(target=receive, daemon=True).start()

for _ in sys.stdin:
    pid = os.fork()
    if pid == 0:
        copies = [os.dup(one.fileno()) for one in sockets]
        for index, copy in enumerate(copies):
            os.dup2(copy, 3 + index)
        env = dict(os.environ, NOTIFY_SOCKET=address, WATCHDOG_USEC=watchdog_us, LISTEN_PID=str(os.getpid()),
                   LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=names)
        os.execvpe(command[0], command, env)
    tell(started=pid)
    threading.Thread(target=lambda pid=pid: tell(ended=pid, code=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])),
                     daemon=True).start()
