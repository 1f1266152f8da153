"""User interfaces of Huwen: the command line and the web page."""
