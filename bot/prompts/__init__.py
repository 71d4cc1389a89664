"""What callers and agents hear: rendered when a plan is published, played to Graph by URL."""
