"""Settings view: the form, the models of an endpoint, and a test of it."""
