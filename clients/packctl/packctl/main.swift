internal import Dispatch
internal import Foundation
internal import PackctlCommands

let command = Task { await Packctl.run(Array(CommandLine.arguments.dropFirst())) }

// Ctrl-C ends the command in order, so that the terminal is left as it was; a second one ends it at once.
signal(SIGINT, SIG_IGN)
let interrupt = DispatchSource.makeSignalSource(signal: SIGINT)
interrupt.setEventHandler {
    command.cancel()
    signal(SIGINT, SIG_DFL)
}
interrupt.resume()

exit(await command.value)
