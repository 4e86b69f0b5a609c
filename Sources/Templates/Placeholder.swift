// Templates: placeholder
