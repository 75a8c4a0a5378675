"""All modules that hold handlers: whoever imports this can do every kind of job, and knows what comes round."""

from tasks import bookings, crm, customers, files, fleet, identity, messaging, schedule, sms, tidy

MODULES = (bookings, crm, customers, files, fleet, identity, messaging, schedule, sms, tidy)
