// Worker: placeholder
