"""Live events: what has been announced, told to the browsers that may hear it."""
