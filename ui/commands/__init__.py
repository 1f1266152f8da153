"""The command line, a file for each group of commands.

The engine takes a second to import, so that its modules are imported inside the commands that use them: `huwen --help`
and the lists must not wait for it. A test (tests/ui/test_cli.py) names what the light commands may not import.
"""
