"""The view of the settings, and tests of an endpoint."""
