"""The Teams chat: what agents say to the bot and what it says to them."""
