"""Reading a template: files, parameters, intrinsic functions, SAM."""
