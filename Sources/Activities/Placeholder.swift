// Activities: placeholder
