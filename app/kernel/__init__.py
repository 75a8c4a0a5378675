"""What every floor stands on: data, tenants, time, rights, facts. Knows neither requests nor bookings."""
