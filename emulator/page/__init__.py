"""The emulator's page: what a browser on this machine sees, hears and does. Files in `web/`."""
