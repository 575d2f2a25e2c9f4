"""First run: key, model, folder, question. Each step can be left and taken up again."""
