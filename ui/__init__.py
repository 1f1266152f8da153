"""Every face of Huwen: the command line and the web page."""
