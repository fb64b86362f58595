"""The stages between microphone and speaker, one verb each. They talk through the conversation, not to each other."""
