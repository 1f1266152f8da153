"""Text recognition (OCR): the image of a page turned into lines of text with their places and doubts."""
