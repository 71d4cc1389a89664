"""What only the tenant's owner has: the loop, the memory behind it, and taking both over."""
