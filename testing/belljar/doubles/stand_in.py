"""The program that is started in the place of an expected one: it writes, waits and ends as it is told.

It is a file of its own so that its text can be read; it imports nothing that starts slowly.
"""

import os
import signal
import sys
import time

# Told as Python writes it: importing json takes longer than all the rest.
text = sys.argv[1]
if text.startswith("@"):
    with open(text[1:]) as told:  # noqa: PTH123  # as below
        text = told.read()
plan = eval(text)  # our own text, of repr()

if plan["ignores"]:
    for number in plan["ignores"]:
        signal.signal(number, signal.SIG_IGN)
    # Before that it would die by them: it counts as started from here on.
    os.close(os.open(plan["ready"], os.O_CREAT | os.O_WRONLY))
if plan["input"]:
    with open(plan["input"], "wb") as kept:  # noqa: PTH123  # pathlib's import takes as long as all the rest
        while part := os.read(0, 65536):
            kept.write(part)
for descriptor, data, pause in plan["writes"]:
    time.sleep(pause)  # the planned pace of what is streamed
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except BrokenPipeError:
        os._exit(141)
if plan["hangs"]:
    # The planned hang: it is ended by the code under test, or with the test; the limit is for code that reads on.
    time.sleep(plan["hangs"])
    os.close(os.open(plan["overdue"], os.O_CREAT | os.O_WRONLY))
    os._exit(1)
if plan["signal"]:
    signal.signal(plan["signal"], signal.SIG_DFL) if plan["signal"] not in (9, 19) else None
    os.kill(os.getpid(), plan["signal"])
os._exit(plan["code"])
