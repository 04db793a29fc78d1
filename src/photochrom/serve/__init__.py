"""The server of `photochrom serve`: a page and an API over HTTP, for one machine and whom one lets in.

app         the application: routes, guard, errors         guard       which requests are heard at all
uploads     bodies of requests, a limit at every byte      problems    every refusal, as RFC 9457 has it
photographs what was uploaded, for a while                 studio      networks, previews, results
lanes       work in threads, bounded in number and time    memory      what all of that may take
"""
