"""Running a Lambda function: its environments and the events it is handed."""
