"""The commands of the command line: one module for each group, and options and output that they share.

The engine takes a second to import, so its modules are imported inside the commands that use them: `huwen --help` and
commands that only list something start without it. tests/ui/test_cli.py checks which modules these do not import.
"""
