"""What other systems are told of customers and bookings."""
