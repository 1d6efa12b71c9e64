from base import *
bind = "127.0.0.1:5013"
workers = 3
