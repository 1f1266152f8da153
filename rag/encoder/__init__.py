"""The encoder: a small bilingual model of meaning that runs inside this process."""
