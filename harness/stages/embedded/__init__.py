"""The embedded stage: moto in this process."""
