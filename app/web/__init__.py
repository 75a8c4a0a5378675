"""What all doors share: who may come in, how pages and errors are answered, what a browser is told."""
