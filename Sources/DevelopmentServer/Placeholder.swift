// DevelopmentServer: placeholder
