"""bind = "127.0.0.1:1" stands in a docstring."""
import multiprocessing

bind = [
    "127.0.0.1:5011",  # the first
    "127.0.0.1:5012",
]
workers = multiprocessing.cpu_count() * 2 + 1
worker_class = "gthread"
threads = 4
proxy_allow_ips = "*"
accesslog = "-"
keepalive: int = 5
daemon = False
# user = "root"

if multiprocessing.cpu_count() > 4:
    timeout = 60


def on_starting(server):
    workers = 99
    print(workers)
