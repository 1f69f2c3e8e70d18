"""CPython's own test runner (test.libregrtest), with two things said beforehand:

* there are no child processes, as on WASI: what needs them is skipped by the marks that CPython's
  tests bear for that, in the Linux program as in the guest;
* what became of each test is written, one a line, to the file that the first argument names. Of a
  test without such a mark that did not pass after it was refused a child process or a
  pseudo-terminal: `refused`.

usage: python regrtest.py OUTCOMES [OPTION...] MODULE...
"""
import errno
import os
import posix
import sys

import _posixsubprocess

refused = False


# (Names in here are in __main__, which a test or two look at.)
class Watched:
    """A function, which also notes that it was refused. (No method of any class it
    is put into: functions of C are not either.)"""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        global refused
        name = self.function.__name__
        try:
            result = self.function(*args, **kwargs)
        except OSError as error:
            refused |= error.errno == errno.ENOSYS or name in ("forkpty", "openpty")
            raise
        refused |= name == "system" and result == -1
        return result


def watch(module, name):
    setattr(module, name, Watched(getattr(module, name)))


for name in ("fork", "forkpty", "openpty", "posix_spawn", "posix_spawnp", "execv", "execve", "system"):
    watch(posix, name)
    setattr(os, name, getattr(posix, name))
watch(_posixsubprocess, "fork_exec")

import test.support
from test.support import testresult

test.support.has_fork_support = False
test.support.has_subprocess_support = False
outcomes = open(sys.argv.pop(1), "w", buffering=1)


def _begin(self, test, method=testresult.RegressionTestResult.startTest):
    global refused
    refused = False
    method(self, test)


testresult.RegressionTestResult.startTest = _begin


def note(outcome):
    """The method of the result class of that name, which also writes the outcome down."""
    method = getattr(testresult.RegressionTestResult, outcome)

    def noted(self, test, *more):
        global refused
        if outcome == "addSubTest" and more[1] is None:
            pass
        elif refused and outcome in ("addSkip", "addError", "addFailure", "addSubTest"):
            print("refused", test.id(), file=outcomes)
        elif outcome == "addSkip":
            print(outcome, test.id(), *more, file=outcomes)
        else:
            print(outcome, test.id(), file=outcomes)
        if outcome != "addSubTest":
            refused = False
        return method(self, test, *more)

    setattr(testresult.RegressionTestResult, outcome, noted)


for name in ("addSuccess", "addSkip", "addError", "addFailure", "addExpectedFailure",
             "addUnexpectedSuccess", "addSubTest"):
    note(name)

from test.libregrtest import main

main()
