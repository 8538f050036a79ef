# The same as decode.ts, with Python's own client.
#   decode.py NODE DECODE_JS PROCESSES
import subprocess
import sys
import time
from xmlrpc.client import loads

answer = subprocess.run([*sys.argv[1:4], "show"], check=True, stdout=subprocess.PIPE).stdout


def decode_for(seconds):
    start, size = time.process_time(), 0
    while (passed := time.process_time() - start) < seconds:
        loads(answer)
        size += len(answer)
    return size / passed


decode_for(0.2)
print(decode_for(1))
