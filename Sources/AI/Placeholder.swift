// AI: placeholder
