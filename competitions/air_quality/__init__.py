"""Air quality: daily PM2.5 at places without sensors."""
