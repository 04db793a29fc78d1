"""The road of a folder: a plan, a journal, several photographs at a time; it can be stopped and goes on where it was.

    plan      which photograph goes where, decided before the first is written
    journal   what was written of what and how, in the folder of results; what is done and unchanged is skipped
    coloring  one photograph from file to file, written whole or not at all, entered in the journal
    pipeline  several at a time, one a core, so that decoding, network and encoding overlap
    watch     the same for a folder that a scanner fills
    run       all of it; gives back what happened to each photograph, one after the other

Nothing here grows with the number of photographs: plan and journal are SQLite files, results are told one by one.
"""
