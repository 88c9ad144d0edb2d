/* app.js - the entry: loads what the page at hand can use. */
