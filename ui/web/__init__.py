"""Web page: chat, briefings, library and settings, in Gradio."""
