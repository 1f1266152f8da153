"""Every text of the page, Chinese beside English: one module for each view, and one function that looks a text up."""
