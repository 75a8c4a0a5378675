"""What a firm says about itself: name, look, what it offers and when, who works there, how long things are kept."""
