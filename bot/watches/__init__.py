"""What the owner asks Graph on its own account, again and again."""
