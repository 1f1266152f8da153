"""Training of the models that choose the sentence which answers, and say how probably it does."""
