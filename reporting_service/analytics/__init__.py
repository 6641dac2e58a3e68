"""What dashboards draw: money over time for whoever it belongs to, and for administrators the bank over time."""
