// Loaded before a program that the tests start: when the tests die, however they die, their end of
// this pipe closes and the program ends too.
process.stdin.on("end", () => process.exit(1)).resume();
