###-begin-conmonctl-completions-###
#
# yargs command completion script
#
# Installation: conmonctl completion > ~/.config/fish/completions/conmonctl.fish
#
complete -f -c conmonctl -a '(conmonctl --get-yargs-completions (commandline -o)[2..-1])'
###-end-conmonctl-completions-###
