"""gatewise: what is each gate of a recurrent network worth, on which task, and how sure are we?"""
