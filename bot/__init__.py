"""The running service: HTTP app, the loop, effects, the Teams bot. It constructs everything."""
