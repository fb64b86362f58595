"""What happens when a provider fails: it is asked again where that can help, or the preset's next one takes over.

This stands here once, so that no provider retries by itself. Must not know any vendor.
"""
