internal import Dispatch
internal import Foundation
internal import PackctlCommands

// This does not run on the main actor, which must stay free for signals.
let arguments = Array(CommandLine.arguments.dropFirst())
let command = Task.detached { await Packctl.run(arguments) }

// Ctrl-C ends the command cleanly, so that the terminal is restored; a second one ends it at once.
signal(SIGINT, SIG_IGN)
let interrupt = DispatchSource.makeSignalSource(signal: SIGINT, queue: .main)
interrupt.setEventHandler {
    command.cancel()
    signal(SIGINT, SIG_DFL)
}
interrupt.resume()

exit(await command.value)
