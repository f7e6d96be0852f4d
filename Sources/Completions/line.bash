# What follows was added to what ArgumentParser generates. Readline breaks words at ":" and "=" as well, so that
# "--address unix:/path" comes as four words, and it keeps the quotes: both are undone before the functions above look.
# shellcheck shell=bash disable=SC2034,SC2154

# Splits $1 as bash does, without the quotes, and appends to "line_words". Redirections are left out. The last word is
# the one that would go on; "line_redirects" tells whether it is the file of a redirection.
__PROGRAM_split() {
    local text=$1 quote='' word='' char has_word=false
    local -i index
    line_redirects=false
    for ((index = 0; index < ${#text}; index++)); do
        char=${text:index:1}
        if [[ -n $quote ]]; then
            if [[ $char == "$quote" ]]; then
                quote=''
            elif [[ $quote == '"' && $char == \\ && ${text:index+1:1} == [\"\\\$\`] ]]; then
                index+=1
                word+=${text:index:1}
            else
                word+=$char
            fi
            continue
        fi
        case $char in
        [\'\"])
            quote=$char has_word=true
            ;;
        \\)
            index+=1
            word+=${text:index:1} has_word=true
            ;;
        [[:space:]])
            if $has_word; then
                $line_redirects || line_words+=("$word")
                word='' has_word=false line_redirects=false
            fi
            ;;
        [\<\>\&])
            # The number in "2>file" belongs to the redirection.
            if $has_word && [[ $word == *[!0-9]* ]]; then line_words+=("$word"); fi
            word='' has_word=false line_redirects=true
            ;;
        '~')
            # Only files are looked for in what is being typed, and there the tilde is to stay.
            if ! $has_word && [[ ${text:index+1} == /*[[:space:]]* ]]; then word=$HOME; else word+=$char; fi
            has_word=true
            ;;
        *)
            word+=$char has_word=true
            ;;
        esac
    done
    line_words+=("$word")
}

# Adds the files (-f) or folders (-d) that "cur" may become. A path may stand behind "unix:".
__PROGRAM_add_files() {
    local kind=$1 scheme='' path=$cur shown pattern='*' file
    if [[ $path == unix:* ]]; then
        scheme=unix:
        path=${path#unix:}
    fi
    shown=$path
    # shellcheck disable=SC2088
    if [[ $path == '~/'* ]]; then path=$HOME/${path#'~/'}; fi
    if [[ -n $path ]]; then printf -v pattern '%q*' "$path"; fi
    while IFS='' read -r file; do
        [[ $kind == -f || -d $file ]] || continue
        # With the beginning as it was typed.
        COMPREPLY+=("$scheme$shown${file#"$path"}")
    done < <(compgen -G "$pattern")
    compopt -o filenames 2>/dev/null
}

# In place of the function above, which lets bash expand every word of a list once more.
__PROGRAM_add_completions() {
    local word
    case $1 in
    -f | -d)
        __PROGRAM_add_files "$1"
        ;;
    -W)
        while IFS='' read -r word; do
            [[ -n $word && $word == "$cur"* ]] || continue
            if [[ $word == *[!A-Za-z0-9._:/@%+=,-]* ]]; then printf -v word %q "$word"; fi
            COMPREPLY+=("$word")
        done <<<"$2"
        ;;
    *)
        while IFS='' read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@" -- "$cur")
        ;;
    esac
}

# In place of the function above, which shows the errors of the program to somebody who is typing.
__PROGRAM_custom_complete() {
    "${COMP_WORDS[0]}" "$@" "${COMP_WORDS[@]}" "${line_rest[@]}" 2>/dev/null
}

# The words end where the cursor is.
__PROGRAM_cursor_index_in_current_word() {
    printf %s "${#cur}"
}

__PROGRAM_line() {
    local -a line_words=() line_rest=()
    local line_redirects=false
    __PROGRAM_split "${COMP_LINE:COMP_POINT}"
    # The first is the end of the word that the cursor is in, or empty.
    line_rest=("${line_words[@]:1}")
    line_words=()
    __PROGRAM_split "${COMP_LINE:0:COMP_POINT}"

    # What readline will replace is the end of the word; of what is proposed, the rest is taken off again.
    local word=${line_words[${#line_words[@]} - 1]} replaced=$2
    if [[ $word != *"$replaced" ]]; then
        replaced=${replaced//[\"\'\\]/}
        [[ $word == *"$replaced" ]] || replaced=$word
    fi
    local kept=${word%"$replaced"} option=''
    if [[ $word == --*=* ]]; then
        # An option and its value in one word.
        option=${word%%=*}=
        line_words[${#line_words[@]} - 1]=${word%%=*}
        line_words+=("${word#*=}")
    fi

    # Options of every command may stand before the command: those that are complete go behind it.
    local -r leading_options=" LEADING_OPTIONS " leading_flags=" LEADING_FLAGS "
    local -a moved=()
    local -i next=1 last=$((${#line_words[@]} - 1))
    while ((next < last)); do
        if [[ $leading_options == *" ${line_words[next]} "* ]]; then
            ((next + 1 < last)) || break
            moved+=("${line_words[next]}" "${line_words[next + 1]}")
            next+=2
        elif [[ $leading_flags == *" ${line_words[next]} "* || $leading_options == *" ${line_words[next]%%=*} "* ]]; then
            moved+=("${line_words[next]}")
            next+=1
        else
            break
        fi
    done
    if ((next < last)) && [[ ${line_words[next]} != -* ]]; then
        line_words=("${line_words[0]}" "${line_words[next]}" "${moved[@]}" "${line_words[@]:next+1}")
    else
        line_words=("${line_words[0]}" "${line_words[@]:next}")
        line_rest=("${moved[@]}" "${line_rest[@]}")
    fi

    local -a COMP_WORDS=("${line_words[@]}")
    local -i COMP_CWORD=$((${#line_words[@]} - 1))
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    if $line_redirects || { ((COMP_CWORD == 2)) && [[ $leading_options == *" $prev "* ]]; }; then
        __PROGRAM_add_files -f
    else
        _PROGRAM "$1" "$cur" "$prev"
        # It restores the shell's options by a trap, and leaves that behind.
        trap - RETURN
        if ((COMP_CWORD == 1)) && [[ $cur == -* ]]; then
            __PROGRAM_add_completions -W "$(printf '%s\n' LEADING_OPTIONS LEADING_FLAGS)"
        fi
    fi

    local -i index
    for index in "${!COMPREPLY[@]}"; do
        word=$option${COMPREPLY[index]}
        COMPREPLY[index]=${word#"$kept"}
    done
}

complete -F __PROGRAM_line PROGRAM
